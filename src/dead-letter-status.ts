/**
 * How complete the records of a dead letter are.
 */
export enum DeadLetterStatus {
  /**
   * It holds exactly the records of the failed batch.
   */
  COMPLETE = 'COMPLETE',

  /**
   * It holds every record of the failed batch, and others that did not fail.
   */
  SUPERSET = 'SUPERSET',

  /**
   * Some of the records had left the stream.
   */
  PARTIAL = 'PARTIAL',

  /**
   * All of the records had left the stream.
   */
  EXPIRED = 'EXPIRED',

  /**
   * The stream refused the read for good, or what Lambda wrote holds no records.
   */
  UNREADABLE = 'UNREADABLE',
}
