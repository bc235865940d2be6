/** A stack that cannot be deployed or deleted as its template says. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}
