import { randomUUID } from 'node:crypto';

/** A queue of fauxqs that behaves as SQS does where fauxqs differs. */
export function localQueueClass(SqsQueue) {
  return class LocalQueue extends SqsQueue {
    arrivals = 0;

    enqueue(message) {
      // The age of a message begins when it arrives in the queue; its own time stamp and count are those of all queues.
      message.arrivalTimestamp = Date.now();
      message.receivesBefore = message.approximateReceiveCount;
      message.arrival = ++this.arrivals;
      super.enqueue(message);
    }

    dequeue(maxCount, visibilityTimeout, dlqResolver) {
      return super.dequeue(maxCount, visibilityTimeout, (arn) => {
        const queue = dlqResolver(arn);
        return queue && { enqueue: (message) => queue.enqueue(deadLetter(message, this.arn)) };
      });
    }

    /** As many messages of a group as there are. fauxqs returns one of each group. */
    dequeueFifo(maxCount, visibilityTimeout = Number(this.attributes.VisibilityTimeout), dlqResolver) {
      this.processTimers();
      const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(this.attributes.RedrivePolicy || '{}');
      const deadLetterQueue = deadLetterTargetArn && dlqResolver(deadLetterTargetArn);
      const received = [];
      for (const [groupId, group] of [...this.fifoMessages]) {
        if (this.fifoLockedGroups.has(groupId)) continue;
        while (group.length > 0 && received.length < maxCount) {
          const message = group.shift();
          message.approximateReceiveCount++;
          message.approximateFirstReceiveTimestamp ||= Date.now();
          if (deadLetterQueue && message.approximateReceiveCount > maxReceiveCount) {
            deadLetterQueue.enqueue(message);
            continue;
          }
          received.push(this.sendOut(message, visibilityTimeout));
          this.fifoLockedGroups.set(groupId, (this.fifoLockedGroups.get(groupId) ?? 0) + 1);
        }
        if (group.length === 0) this.fifoMessages.delete(groupId);
      }
      return received;
    }

    checkDeduplication(deduplicationId, groupId) {
      return super.checkDeduplication(this.deduplicationKey(deduplicationId, groupId));
    }

    recordDeduplication(deduplicationId, messageId, sequenceNumber, groupId) {
      super.recordDeduplication(this.deduplicationKey(deduplicationId, groupId), messageId, sequenceNumber);
    }

    deduplicationKey(deduplicationId, groupId) {
      return this.attributes.DeduplicationScope === 'messageGroup' ? JSON.stringify([deduplicationId, groupId]) : deduplicationId;
    }

    processTimers() {
      super.processTimers();
      this.restoreOrder();
    }

    changeVisibility(receiptHandle, seconds) {
      super.changeVisibility(receiptHandle, seconds);
      this.restoreOrder();
    }

    /** fauxqs counts as of the last receive: a message whose visibility timeout is over would be in flight until somebody asks for it. */
    getAttribute(name) {
      const value = super.getAttribute(name);
      const sign = { ApproximateNumberOfMessages: 1, ApproximateNumberOfMessagesNotVisible: -1 }[name];
      if (sign === undefined) return value;
      const now = Date.now();
      const back = [...this.inflightMessages.values()].filter(({ visibilityDeadline }) => visibilityDeadline <= now).length;
      return String(Number(value) + sign * back);
    }

    /** Makes the messages in flight visible now. */
    endVisibilityTimeouts() {
      const now = Date.now();
      for (const entry of this.inflightMessages.values()) entry.visibilityDeadline = Math.min(entry.visibilityDeadline, now);
      this.processTimers();
    }

    sendOut(message, visibilityTimeout) {
      const receiptHandle = randomUUID();
      this.inflightMessages.set(receiptHandle, { message, receiptHandle, visibilityDeadline: Date.now() + visibilityTimeout * 1000 });
      return {
        MessageId: message.messageId,
        ReceiptHandle: receiptHandle,
        MD5OfBody: message.md5OfBody,
        Body: message.body,
        ...(message.md5OfMessageAttributes && { MD5OfMessageAttributes: message.md5OfMessageAttributes }),
        ...(Object.keys(message.messageAttributes).length > 0 && { MessageAttributes: message.messageAttributes }),
      };
    }

    /** fauxqs puts each returning message in front of its group, which turns the order of several around. */
    restoreOrder() {
      for (const group of this.fifoMessages.values()) group.sort((a, b) => a.arrival - b.arrival);
    }
  };
}

/** A message as it arrives in a dead-letter queue. AWS does not count the receive that moves it. */
function deadLetter(message, sourceArn) {
  message.approximateReceiveCount--;
  message.deadLetterQueueSourceArn = sourceArn;
  // As documented for FIFO queues, so that the dead-letter queue drops no message as a duplicate.
  if (message.messageDeduplicationId) message.messageDeduplicationId = message.messageId;
  return message;
}
