// Preloaded into functions under test: the names of Amazon RDS lead to this machine, where a database stands in.
const dns = require('node:dns');

const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(/\.rds\.amazonaws\.com$/.test(name) ? '127.0.0.1' : name, ...rest);
