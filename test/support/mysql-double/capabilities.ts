/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
export const Capability = {
  longPassword: 1,
  foundRows: 1 << 1,
  longFlag: 1 << 2,
  connectWithDatabase: 1 << 3,
  protocol41: 1 << 9,
  tls: 1 << 11,
  transactions: 1 << 13,
  secureConnection: 1 << 15,
  pluginAuthentication: 1 << 19,
  connectAttributes: 1 << 20,
  lengthEncodedAuthentication: 1 << 21,
  handlesExpiredPasswords: 1 << 22,
  deprecateEof: 1 << 24,
} as const;

/** What the server offers, besides TLS. */
export const OFFERED = Object.entries(Capability).reduce((all, [name, flag]) => (name === 'tls' ? all : all | flag), 0);
