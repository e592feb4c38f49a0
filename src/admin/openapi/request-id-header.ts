/** On every answer, be it a problem or not. */
export const REQUEST_ID_HEADER = {
  'x-request-id': {
    description:
      "The request's id (UUIDv7): `requestId` of its problem and of its entries in the audit log. What the client sends under " +
      'this name, up to 128 printable characters, stands there as `clientRequestId`.',
    schema: { type: 'string' as const, format: 'uuid' },
  },
};
