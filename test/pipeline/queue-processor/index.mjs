/**
 * Does what the messages say. A message that says `throw` fails the batch, one that says `report` is reported as an item failure, each for as
 * many receives as its `times` says, until FIXED is set. After a failure of a FIFO group, the rest of the group is not processed, and is
 * reported too. What is processed is logged.
 */
export async function handler({ Records }) {
  const fails = Records.map(failure);
  if (fails.includes('throw')) throw new Error('a message says throw');
  const failedGroups = new Set();
  const failed = Records.filter(({ attributes: { MessageGroupId: group } }, index) => {
    const isFailed = fails[index] === 'report' || (group !== undefined && failedGroups.has(group));
    if (isFailed) failedGroups.add(group);
    return isFailed;
  });
  const processed = Records.filter((record) => !failed.includes(record)).map(({ body }) => body);
  console.log(JSON.stringify({ batch: Records.length, processed }));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

function failure({ body, attributes }) {
  if (process.env.FIXED) return undefined;
  const { fail, times = Infinity } = JSON.parse(body);
  return Number(attributes.ApproximateReceiveCount) <= times ? fail : undefined;
}
