"""Reads one message as a consumer with the Amazon SQS Extended Client Library for Python does, prints its body and deletes it.

Arguments: queue URL, endpoint of SQS, endpoint of S3.
"""

import sys

import boto3
import sqs_extended_client  # noqa: F401  it extends every boto3 client of SQS
from botocore.config import Config

queue_url, sqs_endpoint, s3_endpoint = sys.argv[1:]
common = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}

sqs = boto3.client("sqs", endpoint_url=sqs_endpoint, **common)
sqs.s3_client = boto3.client("s3", endpoint_url=s3_endpoint, config=Config(s3={"addressing_style": "path"}), **common)

message = sqs.receive_message(QueueUrl=queue_url, MessageAttributeNames=["All"], WaitTimeSeconds=1)["Messages"][0]
sys.stdout.write(message["Body"])
sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
