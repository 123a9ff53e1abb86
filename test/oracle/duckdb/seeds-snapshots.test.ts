import { duckDbOracle } from '../oracle.ts';
import { SEEDS_SNAPSHOTS } from './seeds-snapshots.ts';

duckDbOracle('seeds snapshots', SEEDS_SNAPSHOTS);
