import type { Protocol } from '../protocol.ts';

/** A service that once spoke Query tells its clients the error's code of then as well. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait */
export function queryCompatible(protocol: Protocol): Protocol {
  return {
    ...protocol,
    writeError(error, request) {
      const answer = protocol.writeError(error, request);
      const code = error.model?.query?.code ?? error.error.code;
      const fault = answer.status < 500 ? 'Sender' : 'Receiver';
      return { ...answer, headers: { ...answer.headers, 'x-amzn-query-error': `${code};${fault}` } };
    },
  };
}
