import { duckDbOracle } from '../oracle.ts';
import { OUTCOMES } from './outcomes.ts';

duckDbOracle('outcomes', OUTCOMES);
