import { bucketOf, textOfBody, xmlOf } from './call.ts';
import type { Call, S3Answer } from './call.ts';
import { readCors } from './cors.ts';
import { S3Error } from './failure.ts';
import { ownerTree } from './listing.ts';
import { readPolicy } from './policy.ts';
import { document } from './xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const nameForm = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export async function listBuckets({ catalog }: Call): Promise<S3Answer> {
  const Bucket = catalog
    .buckets()
    .map(({ name, created }) => ({ Name: name, CreationDate: new Date(created).toISOString() }));
  return {
    status: 200,
    body: document('ListAllMyBucketsResult', { Owner: ownerTree, Buckets: { Bucket } }),
  };
}

export async function createBucket(call: Call): Promise<S3Answer> {
  const name = call.request.bucket ?? '';
  if (!nameForm.test(name) || name.includes('..') || /^\d+\.\d+\.\d+\.\d+$/.test(name))
    throw new S3Error('InvalidBucketName', { BucketName: name });
  if (!call.catalog.createBucket(name, call.clock()) && call.region !== 'us-east-1')
    throw new S3Error('BucketAlreadyOwnedByYou', { BucketName: name });
  return { status: 200, headers: { location: `/${name}` } };
}

export async function headBucket(call: Call): Promise<S3Answer> {
  bucketOf(call);
  return { status: 200, headers: { 'x-amz-bucket-region': call.region } };
}

export async function deleteBucket(call: Call): Promise<S3Answer> {
  const { name } = bucketOf(call);
  const { catalog, pieces } = call;
  if (catalog.deleteBucket(name) === 'not empty') throw new S3Error('BucketNotEmpty', { BucketName: name });
  for (const { id } of catalog.uploads(name)) {
    const parts = catalog.parts(id);
    catalog.endUpload(id);
    pieces.remove(parts.map(({ piece }) => piece));
  }
  return { status: 204 };
}

export async function bucketLocation(call: Call): Promise<S3Answer> {
  bucketOf(call);
  // The first region has no name here.
  const text = call.region === 'us-east-1' ? '' : call.region;
  return { status: 200, body: document('LocationConstraint', {}).replace('></Loc', `>${text}</Loc`) };
}

/** Objects have no versions. */
export async function bucketVersioning(call: Call): Promise<S3Answer> {
  bucketOf(call);
  return { status: 200, body: document('VersioningConfiguration', {}) };
}

export async function putPolicy(call: Call): Promise<S3Answer> {
  const { name } = bucketOf(call);
  const text = await textOfBody(call);
  readPolicy(text);
  call.catalog.setPolicy(name, text);
  return { status: 204 };
}

export async function getPolicy(call: Call): Promise<S3Answer> {
  const { policy, name } = bucketOf(call);
  if (policy === null) throw new S3Error('NoSuchBucketPolicy', { BucketName: name });
  return { status: 200, headers: { 'content-type': 'application/json' }, body: policy };
}

export async function deletePolicy(call: Call): Promise<S3Answer> {
  call.catalog.setPolicy(bucketOf(call).name, null);
  return { status: 204 };
}

export async function putCors(call: Call): Promise<S3Answer> {
  const { name } = bucketOf(call);
  const configuration = await xmlOf(call);
  call.catalog.setCors(name, JSON.stringify(readCors(configuration)));
  return { status: 200 };
}

export async function getCors(call: Call): Promise<S3Answer> {
  const { cors, name } = bucketOf(call);
  if (cors === null) throw new S3Error('NoSuchCORSConfiguration', { BucketName: name });
  return { status: 200, body: document('CORSConfiguration', { CORSRule: JSON.parse(cors) }) };
}

export async function deleteCors(call: Call): Promise<S3Answer> {
  call.catalog.setCors(bucketOf(call).name, null);
  return { status: 204 };
}
