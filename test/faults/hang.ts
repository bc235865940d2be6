/** What takes longer hangs. A machine that is slow, or has others to serve, may take minutes over what it is set up with, and over a soak. */
export const HANG_MILLIS = 300_000;
