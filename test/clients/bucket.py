"""What an app does with a bucket every day, by boto3; each line that it prints is compared."""
import io
import os
import threading
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import ClientError

s3 = boto3.client('s3')
bucket = 'everyday'


def code(act):
    try:
        act()
        return 'no error'
    except ClientError as error:
        return error.response['Error']['Code']


def status(request):
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code


s3.create_bucket(Bucket=bucket)
print('buckets', bucket in [each['Name'] for each in s3.list_buckets()['Buckets']])

s3.put_object(Bucket=bucket, Key='a b/ü+%.txt', Body=b'hello', ContentType='text/plain', Metadata={'Of': 'me'})
got = s3.get_object(Bucket=bucket, Key='a b/ü+%.txt')
print('object', got['Body'].read(), got['ContentType'], got['Metadata'], got['ETag'])
print('range', s3.get_object(Bucket=bucket, Key='a b/ü+%.txt', Range='bytes=1-3')['Body'].read())
print('last', s3.get_object(Bucket=bucket, Key='a b/ü+%.txt', Range='bytes=-2')['Body'].read())
print('no range', code(lambda: s3.get_object(Bucket=bucket, Key='a b/ü+%.txt', Range='bytes=9-')))
print('same', code(lambda: s3.get_object(Bucket=bucket, Key='a b/ü+%.txt', IfNoneMatch=got['ETag'])))
print('once', code(lambda: s3.put_object(Bucket=bucket, Key='a b/ü+%.txt', Body=b'x', IfNoneMatch='*')))
print('missing', code(lambda: s3.get_object(Bucket=bucket, Key='none')))
print('no bucket', code(lambda: s3.list_objects_v2(Bucket='nowhere-at-all')))

for algorithm in ['CRC32', 'SHA1', 'SHA256']:
    s3.put_object(Bucket=bucket, Key='summed', Body=b'hello', ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key='summed', ChecksumMode='ENABLED')
    print(algorithm, head[f'Checksum{algorithm}'])
print('spoilt', code(lambda: s3.put_object(Bucket=bucket, Key='spoilt', Body=b'hello', ChecksumCRC32='AAAAAA==')))
print('nothing', code(lambda: s3.head_object(Bucket=bucket, Key='spoilt')))

s3.copy_object(Bucket=bucket, Key='copy', CopySource={'Bucket': bucket, 'Key': 'a b/ü+%.txt'})
print('copy', s3.get_object(Bucket=bucket, Key='copy')['Metadata'])
s3.copy_object(Bucket=bucket, Key='copy', CopySource={'Bucket': bucket, 'Key': 'copy'}, MetadataDirective='REPLACE', Metadata={'new': '1'})
print('renewed', s3.get_object(Bucket=bucket, Key='copy')['Metadata'])

large = bytes(range(256)) * 4096 * 13
config = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(large), bucket, 'large', Config=config)
head = s3.head_object(Bucket=bucket, Key='large')
print('large', head['ContentLength'], head['ETag'][-3:])
back = io.BytesIO()
s3.download_fileobj(bucket, 'large', back, Config=config)
print('same bytes', back.getvalue() == large)
across = s3.get_object(Bucket=bucket, Key='large', Range='bytes=5242870-5242889')['Body'].read()
print('across parts', across == large[5242870:5242890])
s3.copy({'Bucket': bucket, 'Key': 'large'}, bucket, 'large copy', Config=config)
print('copied in parts', s3.get_object(Bucket=bucket, Key='large copy')['Body'].read() == large)
upload = s3.create_multipart_upload(Bucket=bucket, Key='left')['UploadId']
s3.upload_part(Bucket=bucket, Key='left', UploadId=upload, PartNumber=1, Body=b'part')
print('parts', [part['Size'] for part in s3.list_parts(Bucket=bucket, Key='left', UploadId=upload)['Parts']])
print('uploads', [each['Key'] for each in s3.list_multipart_uploads(Bucket=bucket)['Uploads']])
s3.abort_multipart_upload(Bucket=bucket, Key='left', UploadId=upload)
print('aborted', code(lambda: s3.list_parts(Bucket=bucket, Key='left', UploadId=upload)))

for number in range(25):
    s3.put_object(Bucket=bucket, Key=f'tree/{number % 5}/{number:02}', Body=b'')
pages = s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix='tree/', PaginationConfig={'PageSize': 7})
print('pages', [len(page['Contents']) for page in pages])
first = s3.list_objects_v2(Bucket=bucket, Delimiter='/', MaxKeys=4)
print('folders', [each['Prefix'] for each in first.get('CommonPrefixes', [])], [each['Key'] for each in first['Contents']], first['IsTruncated'])
rest = s3.list_objects_v2(Bucket=bucket, Delimiter='/', MaxKeys=4, ContinuationToken=first['NextContinuationToken'])
print('rest', [each['Prefix'] for each in rest.get('CommonPrefixes', [])], [each['Key'] for each in rest['Contents']])
old = s3.get_paginator('list_objects').paginate(Bucket=bucket, Prefix='tree/', Delimiter='/', PaginationConfig={'PageSize': 2})
print('old pages', [[each['Prefix'] for each in page['CommonPrefixes']] for page in old])
print('strange', [each['Key'] for each in s3.list_objects_v2(Bucket=bucket, Prefix='a b')['Contents']])

# By default boto3 signs URLs of this region by version 2, which AWS takes for old buckets only.
old = s3.generate_presigned_url('get_object', Params={'Bucket': bucket, 'Key': 'copy'})
print('old URL', status(old))
signer = boto3.client('s3', config=Config(signature_version='s3v4'))
url = signer.generate_presigned_url('get_object', Params={'Bucket': bucket, 'Key': 'copy', 'ResponseContentType': 'text/x-own'})
answer = urllib.request.urlopen(url)
print('by URL', answer.read(), answer.headers['content-type'])
print('changed URL', status(url.replace('copy', 'large')))
put = signer.generate_presigned_url('put_object', Params={'Bucket': bucket, 'Key': 'by url'})
print('put by URL', status(urllib.request.Request(put, data=b'by url', method='PUT', headers={'content-type': ''})))
stolen = urllib.request.Request(put, data=b'', method='PUT', headers={'content-type': '', 'x-amz-copy-source': f'/{bucket}/large'})
print('another act by URL', status(stolen))
print('there', s3.get_object(Bucket=bucket, Key='by url')['Body'].read())
stranger = boto3.client('s3', aws_access_key_id=os.environ['AWS_ACCESS_KEY_ID'], aws_secret_access_key='another')
print('stranger', code(lambda: stranger.list_buckets()))
plain = s3.meta.endpoint_url + f'/{bucket}/copy'
print('unsigned', status(plain))
s3.put_bucket_policy(Bucket=bucket, Policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::everyday/co*"}]}')
print('public', status(plain), status(plain.replace('copy', 'large')), status(urllib.request.Request(plain, data=b'x', method='PUT')))
s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={'CORSRules': [{'AllowedOrigins': ['https://*.example.com'], 'AllowedMethods': ['GET', 'PUT'], 'AllowedHeaders': ['*']}]})
asked = {'origin': 'https://www.example.com', 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type'}
allowed = urllib.request.urlopen(urllib.request.Request(plain, method='OPTIONS', headers=asked))
print('page', allowed.status, allowed.headers['access-control-allow-origin'])
print('other page', status(urllib.request.Request(plain, method='OPTIONS', headers={**asked, 'origin': 'https://evil.test'})))
print('rules', len(s3.get_bucket_cors(Bucket=bucket)['CORSRules']))

# Many at once on one key: whole, and one of them.
bodies = [bytes([number]) * 200_000 for number in range(8)]
writers = [threading.Thread(target=s3.put_object, kwargs={'Bucket': bucket, 'Key': 'race', 'Body': body}) for body in bodies]
[writer.start() for writer in writers]
[writer.join() for writer in writers]
print('race', s3.get_object(Bucket=bucket, Key='race')['Body'].read() in bodies)

print('not empty', code(lambda: s3.delete_bucket(Bucket=bucket)))
everything = [{'Key': each['Key']} for page in s3.get_paginator('list_objects_v2').paginate(Bucket=bucket) for each in page['Contents']]
print('deleted', len(s3.delete_objects(Bucket=bucket, Delete={'Objects': everything})['Deleted']) == len(everything))
s3.delete_bucket(Bucket=bucket)
print('gone', code(lambda: s3.head_bucket(Bucket=bucket)))
