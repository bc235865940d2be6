/** What SNS writes into a subscribed queue when raw delivery is off. */
export interface SnsNotification {
  readonly Type: string;
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Subject?: string | null;
  readonly Message: string;
  readonly Timestamp: string;
  readonly SignatureVersion?: string;
  readonly Signature?: string;
  readonly SigningCertURL?: string;
  readonly UnsubscribeURL?: string;
  readonly MessageAttributes?: Record<string, { readonly Type: string; readonly Value: string }>;
}

/** The event that SNS hands to a function. Lambda writes `…Url` where the notification has `…URL`. */
export function snsEvent(notification: SnsNotification, subscriptionArn: string) {
  return {
    Records: [{
      EventVersion: '1.0',
      EventSubscriptionArn: subscriptionArn,
      EventSource: 'aws:sns',
      Sns: {
        Type: notification.Type,
        MessageId: notification.MessageId,
        TopicArn: notification.TopicArn,
        Subject: notification.Subject ?? null,
        Message: notification.Message,
        Timestamp: notification.Timestamp,
        SignatureVersion: notification.SignatureVersion ?? '1',
        Signature: notification.Signature ?? '',
        SigningCertUrl: notification.SigningCertURL ?? '',
        UnsubscribeUrl: notification.UnsubscribeURL ?? '',
        MessageAttributes: notification.MessageAttributes ?? {},
      },
    }],
  };
}
