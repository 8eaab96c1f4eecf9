export const region = 'us-east-1';
export const account = '111122223333';
export const functionArn = `arn:aws:lambda:${region}:${account}:function:rotation`;
export const roleArn = `arn:aws:iam::${account}:role/rotation`;

/** The root of the account, as the emulator knows it. */
export const root = { accessKeyId: account, secretAccessKey: 'root' };

/** What a database's secret holds, and so the size of what is read. */
export const secretString = JSON.stringify({
  engine: 'postgres',
  host: 'db.cluster-abcdefghijkl.us-east-1.rds.amazonaws.com',
  port: 5432,
  dbname: 'orders',
  username: 'orders_app',
  password: 'x'.repeat(32),
});
