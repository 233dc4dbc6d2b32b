import {
  bucketLocation,
  bucketVersioning,
  createBucket,
  deleteBucket,
  deleteCors,
  deletePolicy,
  getCors,
  getPolicy,
  headBucket,
  listBuckets,
  putCors,
  putPolicy,
} from './buckets.ts';
import type { Call, S3Answer } from './call.ts';
import { S3Error } from './failure.ts';
import { listObjects, listObjectsV2 } from './listing.ts';
import {
  abortUpload,
  completeUpload,
  copyPart,
  createUpload,
  listParts,
  listUploads,
  uploadPart,
} from './multipart.ts';
import { copyObject, deleteObject, deleteObjects, putObject, readObject, refuseVersions } from './objects.ts';
import { headerOf } from './request.ts';
import type { S3Request } from './request.ts';

export interface Route {
  readonly run: (call: Call) => Promise<S3Answer>;
  /** What a policy must allow everybody for a request without a signature; null: never. */
  readonly action: 's3:GetObject' | 's3:ListBucket' | null;
}

/** Parameters that say how an answer is to be, and not which operation is meant. */
const plain = new Set(
  (
    'prefix delimiter marker max-keys encoding-type continuation-token start-after fetch-owner key-marker ' +
    'upload-id-marker max-uploads part-number-marker max-parts versionId x-id max-buckets'
  ).split(' '),
);

/**
 * The operation that a request means, by its method, by what it names, and by the one parameter that chooses. Fails with
 * `NotImplemented` and `MethodNotAllowed`.
 */
export function routeOf(request: S3Request): Route {
  const { method, query } = request;
  const level = request.bucket === null ? 'service' : request.key === null ? 'bucket' : 'object';
  const chosen = [...query.keys()].filter((name) => !plain.has(name) && !/^(?:x-amz-|response-)/i.test(name));
  const copies = headerOf(request, 'x-amz-copy-source') === null ? '' : ' copy';
  const route = routes.get(
    `${level} ${method}${copies}${chosen
      .toSorted()
      .map((name) => ` ${name}`)
      .join('')}`,
  );
  if (route !== undefined) return route;
  if (chosen.length > 0 || copies !== '')
    throw new S3Error('NotImplemented', { Parameter: chosen.join(', ') });
  throw new S3Error('MethodNotAllowed', { Method: method });
}

const owners = (run: Route['run']): Route => ({ run, action: null });
const readers: Route = {
  run: async (call) => {
    refuseVersions(call);
    return readObject(call);
  },
  action: 's3:GetObject',
};

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['service GET', owners(listBuckets)],
  ['bucket PUT', owners(createBucket)],
  ['bucket HEAD', { run: headBucket, action: 's3:ListBucket' }],
  ['bucket DELETE', owners(deleteBucket)],
  ['bucket GET', { run: listObjects, action: 's3:ListBucket' }],
  ['bucket GET list-type', { run: listObjectsV2, action: 's3:ListBucket' }],
  ['bucket GET location', owners(bucketLocation)],
  ['bucket GET versioning', owners(bucketVersioning)],
  ['bucket PUT policy', owners(putPolicy)],
  ['bucket GET policy', owners(getPolicy)],
  ['bucket DELETE policy', owners(deletePolicy)],
  ['bucket PUT cors', owners(putCors)],
  ['bucket GET cors', owners(getCors)],
  ['bucket DELETE cors', owners(deleteCors)],
  ['bucket GET uploads', owners(listUploads)],
  ['bucket POST delete', owners(deleteObjects)],
  ['object GET', readers],
  ['object HEAD', readers],
  ['object PUT', owners(putObject)],
  ['object PUT copy', owners(copyObject)],
  ['object DELETE', owners(deleteObject)],
  ['object POST uploads', owners(createUpload)],
  ['object PUT partNumber uploadId', owners(uploadPart)],
  ['object PUT copy partNumber uploadId', owners(copyPart)],
  ['object GET uploadId', owners(listParts)],
  ['object POST uploadId', owners(completeUpload)],
  ['object DELETE uploadId', owners(abortUpload)],
]);
