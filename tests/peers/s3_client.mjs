// A second signer of signature version 4, to look into the store without the tools under test.
import { createHash, createHmac } from 'node:crypto';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** A function (method, path, query, body) of the store's answer: status and text. */
export function client(endpoint, accessKey, secretKey, region = 'us-east-1') {
  return async (method, path, query = {}, body = '') => {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const day = date.slice(0, 8);
    const host = new URL(endpoint).host;
    const canonicalQuery = Object.entries(query)
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&');
    const canonicalPath = path.split('/').map(encode).join('/');
    const hash = sha256(body);
    const names = 'host;x-amz-content-sha256;x-amz-date';
    const request =
      `${method}\n${canonicalPath}\n${canonicalQuery}\n` +
      `host:${host}\nx-amz-content-sha256:${hash}\nx-amz-date:${date}\n\n${names}\n${hash}`;
    const scope = `${day}/${region}/s3/aws4_request`;
    let signing = `AWS4${secretKey}`;
    for (const part of [day, region, 's3', 'aws4_request']) signing = hmac(signing, part);
    const signature = hmac(signing, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(request)}`);
    const answer = await fetch(`${endpoint}${canonicalPath}${canonicalQuery ? '?' : ''}${canonicalQuery}`, {
      method,
      headers: {
        'x-amz-content-sha256': hash,
        'x-amz-date': date,
        authorization:
          `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, ` +
          `SignedHeaders=${names}, Signature=${signature.toString('hex')}`,
      },
      body: body || undefined,
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
}
