// A parent process for dynamodb.test.ts to kill: starts DynamoDB Local, says which process it is, and waits.
import { DynamoDbLocal } from '../../../local/emulators/dynamodb-local';

async function main() {
  const local = DynamoDbLocal.start();
  await local.listening();
  process.stdout.write(`${local.pid}\n`);
  setInterval(() => {}, 60_000);
}

void main();
