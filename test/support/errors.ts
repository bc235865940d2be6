/** The message of the error that `act` throws. Fails where it throws none. */
export function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('an error was expected, got: none');
}
