import logging
import os

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function

logger = logging.getLogger()
balances = boto3.resource("dynamodb").Table(os.environ["BALANCES_TABLE_NAME"])
batch = BatchProcessor(EventType.KinesisDataStreams)
store = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE_NAME"])
config = IdempotencyConfig(
    # From the data: a record that is put into the stream again has another sequence number.
    event_key_jmespath="paymentId",
    raise_on_no_idempotency_key=True,
    # Powertools forgets after an hour otherwise: dead letters live longer.
    expires_after_seconds=int(os.environ["IDEMPOTENCY_EXPIRY_SECONDS"]),
)


@idempotent_function(data_keyword_argument="payment", config=config, persistence_store=store)
def book(payment):
    """Adds a payment to the balance of its account: once, however often the payment comes."""
    balances.update_item(
        Key={"account": payment["account"]},
        UpdateExpression="ADD cents :cents",
        ExpressionAttributeValues={":cents": payment["cents"]},
    )


def process_record(record):
    try:
        book(payment=record.kinesis.data_as_json())
    except Exception:
        # The batch processor does not log it.
        logger.exception("record %s failed", record.kinesis.sequence_number)
        raise


def handler(event, context):
    # For the time limit of a payment in progress: without it, one that a timeout interrupts is locked until it expires.
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=process_record, processor=batch, context=context)
