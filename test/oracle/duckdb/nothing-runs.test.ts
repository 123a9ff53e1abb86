import { duckDbOracle } from '../oracle.ts';
import { NOTHING_RUNS } from './nothing-runs.ts';

duckDbOracle('nothing runs', NOTHING_RUNS);
