/** Lines of the data of a record as `show` prints it, without their indent. */
export const dataIn = (out: string) => out.split(/\n {2}data {11}/)[1].split('\n').map((line) => line.replace(/^ {4}/, '')).filter(Boolean);
