/** One frame of a stack trace, as a runtime logs it. */
export interface StackFrame {
  /** Without the path of the deployment package, or the package and class of Java and .NET. */
  readonly place: string;
  readonly name: string;
  readonly isOwn: boolean;
}

/** A line that begins the cause of the error above it. */
const CAUSE = /^(?:Caused by: |-+> ?)/;

/** `File "app.py", line 3, in handler`, of Python: the last frame is the innermost. */
const PYTHON = /^File "([^"\n]{1,400})", line \d{1,9}(?:, in (\S{1,200}))?/;
/** `function.rb:3:in 'handler'`, of Ruby. */
const RUBY = /^(?:from )?([^\s:]{1,400}):\d{1,9}:in [`'"]([^'"]{1,200})/;
/** `handler (main.go:12)`, as this tool writes the frames of Go. */
const GO = /^(\S{1,300}) \((\S{1,400}\.(?:go|rs)):\d{1,9}\)$/;
/** `at com.example.Orders.check(Orders.java:12)`. */
const JAVA = /^at ([\w.$/@-]{1,400})\.([\w$<>]{1,200})\(([^()\n]{0,300})\)/;
/** `at Example.Orders.Check(Order order) in /src/Orders.cs:line 12`. */
const DOTNET = /^at ([\w.`+<>[\]$|,-]{1,400})\.([\w.`<>[\]$|,-]{1,200})\(([^()\n]{0,300})\)(?: in ([^\n]{1,400}):line \d{1,9})?$/;
/** `at check (/var/task/index.mjs:15:11)`, `at async file:///var/task/index.mjs:7:5`, of Node.js. */
const NODE = /^at (?:async |new )?(?:([^\n(]{1,300}) \()?([^\s()][^\n()]{0,400}?):\d{1,9}:\d{1,9}\)?$/;

/** Paths and packages of runtimes, layers and libraries. */
const NOT_OWN_PLACE = new RegExp([
  String.raw`(?:^|/)(?:node_modules|site-packages|dist-packages|gems|\.cargo|aws-lambda-go|golang\.org|go/src/runtime)[@/]`,
  String.raw`^/(?:opt|var/runtime|var/lang|usr|rustc)/`,
  String.raw`^(?:node:|internal/|<|runtime/|reflect/)`,
].join('|'));
const NOT_OWN_CLASS = new RegExp(`^(?:${[
  'java', 'javax', 'jdk', 'sun', 'kotlin', 'kotlinx', 'scala', 'lambdainternal', String.raw`com\.amazonaws`, String.raw`software\.amazon`,
  String.raw`org\.apache`, String.raw`org\.springframework`, String.raw`com\.fasterxml`, String.raw`com\.google`,
  'System', 'Microsoft', 'Amazon', 'AWS', 'Newtonsoft', 'lambda_method',
].join('|')})(?:[./]|$)`);

export function stackFrame(line: string): StackFrame | undefined {
  const text = line.slice(0, 1_000).trim();
  const [, pythonFile, pythonName] = PYTHON.exec(text) ?? [];
  if (pythonFile) return inFile(pythonFile, pythonName);
  if (text.startsWith('at ')) return ofClass(text) ?? ofNode(text);
  const [, goName, goFile] = GO.exec(text) ?? [];
  if (goFile) return inFile(goFile, goName);
  const [, rubyFile, rubyName] = RUBY.exec(text) ?? [];
  return rubyFile ? inFile(rubyFile, rubyName) : undefined;
}

export function isCause(line: string): boolean {
  return CAUSE.test(line.trim());
}

/** The innermost frame of the function's own code: not of the runtime, a layer or a library. */
export function ownFrame(stack: readonly string[]): StackFrame | undefined {
  const isPython = stack.some((line) => PYTHON.test(line.trim()));
  const frames = stack.map(stackFrame).filter((it) => it !== undefined);
  return isPython ? frames.findLast(({ isOwn }) => isOwn) : frames.find(({ isOwn }) => isOwn);
}

function ofNode(text: string): StackFrame | undefined {
  const [, name, file] = NODE.exec(text) ?? [];
  return file ? inFile(file, name) : undefined;
}

/** Of Java or .NET. Node.js writes a file and a column, or no parentheses. */
function ofClass(text: string): StackFrame | undefined {
  const [, javaClass, javaName, source = ''] = JAVA.exec(text) ?? [];
  if (javaClass && /^(?:Native Method|Unknown Source|[^\s:]{1,200}\.(?:java|kt|scala|groovy)(?::\d{1,9})?)$/.test(source)) {
    return { place: javaClass, name: javaName, isOwn: !NOT_OWN_CLASS.test(javaClass) };
  }
  const [, dotnetClass, dotnetName, parameters = ''] = DOTNET.exec(text) ?? [];
  if (!dotnetClass || /:\d{1,9}:\d{1,9}$/.test(parameters)) return undefined;
  return { place: dotnetClass, name: dotnetName, isOwn: !NOT_OWN_CLASS.test(dotnetClass) };
}

function inFile(path: string, name = ''): StackFrame {
  const place = path.replace(/^file:\/\//, '');
  return { place: place.replace(/^\/var\/task\//, ''), name, isOwn: !NOT_OWN_PLACE.test(place) };
}
