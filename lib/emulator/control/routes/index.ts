import type { Route } from '../route.js';
import { assemblyRoutes } from './assembly.js';
import { functionRoutes } from './functions.js';
import { historyRoutes } from './history.js';
import { keyRoutes } from './keys.js';
import { roleRoutes } from './roles.js';
import { rotationRoutes } from './rotations.js';
import { secretRoutes } from './secrets.js';
import { weatherRoutes } from './weather.js';
import { worldRoutes } from './world.js';

/** Every route of the control API, in the order in which it lists them. */
export const routes: readonly Route[] = [
  ...worldRoutes,
  ...functionRoutes,
  ...rotationRoutes,
  ...historyRoutes,
  ...roleRoutes,
  ...keyRoutes,
  ...secretRoutes,
  ...weatherRoutes,
  ...assemblyRoutes,
];
