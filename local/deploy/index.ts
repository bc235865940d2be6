export { readAssembly, type StackArtifact } from './assembly';
export { type DeployedResource, type DeployedStack } from './deployed-stack';
export { type DeployedFunction } from './deployed-function';
export { Deployer, type DeployerDependencies, type DeployOptions } from './deployer';
export { DeploymentError } from './deployment-error';
