import type { Fault } from '../fault.js';
import type { XmlFields } from '../sts/operation.js';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

export function resultXml(operation: string, result: XmlFields, requestId: string): string {
  const body = elements({ [`${operation}Result`]: result, ResponseMetadata: { RequestId: requestId } });
  return `<${operation}Response xmlns="${namespace}">${body}</${operation}Response>`;
}

export function faultXml({ code, message, status }: Fault, requestId: string): string {
  const type = status < 500 ? 'Sender' : 'Receiver';
  const body = elements({ Error: { Type: type, Code: code, Message: message }, RequestId: requestId });
  return `<ErrorResponse xmlns="${namespace}">${body}</ErrorResponse>`;
}

function elements(fields: XmlFields): string {
  return Object.entries(fields)
    .map(
      ([name, value]) => `<${name}>${typeof value === 'object' ? elements(value) : escaped(String(value))}</${name}>`,
    )
    .join('');
}

/** Characters that XML 1.0 cannot hold are dropped: a caller may have put them into what a message quotes. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
