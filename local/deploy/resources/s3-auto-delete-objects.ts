import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { resourceType } from '../resource-type';

/** What `autoDeleteObjects` of the CDK's `Bucket` adds. It is done here, without the function that the template defines for it. */
export const autoDeleteObjects = resourceType({
  type: 'Custom::S3AutoDeleteObjects',
  properties: { ServiceToken: 'unused', BucketName: 'string' },
  required: ['BucketName'],
  async create({ BucketName: Bucket }, { clients, logicalId, state }) {
    return {
      physicalId: logicalId,
      attributes: {},
      async delete() {
        while (state.autoDeleteBuckets.has(Bucket)) {
          const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket }));
          if (Contents.length === 0) return;
          await clients.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }));
        }
      },
    };
  },
});
