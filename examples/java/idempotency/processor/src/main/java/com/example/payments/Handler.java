package com.example.payments;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.KinesisEvent;
import com.amazonaws.services.lambda.runtime.events.StreamsEventResponse;
import java.time.Duration;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.lambda.powertools.batch.BatchMessageHandlerBuilder;
import software.amazon.lambda.powertools.batch.handler.BatchMessageHandler;
import software.amazon.lambda.powertools.idempotency.Idempotency;
import software.amazon.lambda.powertools.idempotency.IdempotencyConfig;
import software.amazon.lambda.powertools.idempotency.persistence.dynamodb.DynamoDBPersistenceStore;

public final class Handler implements RequestHandler<KinesisEvent, StreamsEventResponse> {
    /** A record of the stream. */
    public record Payment(String paymentId, String account, long cents) { }

    private final DynamoDbClient dynamodb = DynamoDbClient.create();
    private final BatchMessageHandler<KinesisEvent, StreamsEventResponse> batch =
        new BatchMessageHandlerBuilder().withKinesisBatchHandler().buildWithMessageHandler(this::process, Payment.class);

    public Handler() {
        Idempotency.config()
            .withPersistenceStore(DynamoDBPersistenceStore.builder()
                .withTableName(System.getenv("IDEMPOTENCY_TABLE_NAME"))
                .build())
            .withConfig(IdempotencyConfig.builder()
                // From the data: a record that is put into the stream again has another sequence number.
                .withEventKeyJMESPath("paymentId")
                .withThrowOnNoIdempotencyKey()
                // Powertools forgets after an hour otherwise: dead letters live longer.
                .withExpiration(Duration.ofSeconds(Long.parseLong(System.getenv("IDEMPOTENCY_EXPIRY_SECONDS"))))
                .build())
            .configure();
    }

    @Override
    public StreamsEventResponse handleRequest(final KinesisEvent event, final Context context) {
        // For the time limit of a payment in progress: without it, one that a timeout interrupts is locked until it expires.
        Idempotency.registerLambdaContext(context);
        return batch.processBatch(event, context);
    }

    private void process(final Payment payment) {
        Idempotency.makeIdempotent("book", payment, () -> book(payment), Boolean.class);
    }

    /** Adds a payment to the balance of its account: once, however often the payment comes. */
    private Boolean book(final Payment payment) {
        dynamodb.updateItem(request -> request
            .tableName(System.getenv("BALANCES_TABLE_NAME"))
            .key(Map.of("account", AttributeValue.fromS(payment.account())))
            .updateExpression("ADD cents :cents")
            .expressionAttributeValues(Map.of(":cents", AttributeValue.fromN(Long.toString(payment.cents())))));
        return true;
    }
}
