import * as engines from '../lib/databases/engines/cloning.js';
import { alternatingUsers, createRotationHandler, environmentOptions } from '../lib/index.js';

const { database, cloning, rotation } = environmentOptions(process.env);
const drivers = Object.values(engines).map((engine) => engine());

export const handler = createRotationHandler(alternatingUsers(drivers, { ...database, ...cloning }), rotation);
