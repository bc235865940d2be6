import { whyNoJava } from '../../local/emulators/java';

/** Why DynamoDB Local cannot run here, if it cannot. In CI that is a failure of whatever needs it, never a reason to skip. */
const missing = process.env.CI === undefined ? whyNoJava() : undefined;

if (missing !== undefined) process.emitWarning(`skipped, these tests need DynamoDB Local: ${missing}`);

export const itNeedsJava = missing === undefined ? it : it.skip;
export const describeNeedsJava = missing === undefined ? describe : describe.skip;
