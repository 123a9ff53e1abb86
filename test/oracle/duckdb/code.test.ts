import { duckDbOracle } from '../oracle.ts';
import { CODE } from './code.ts';

duckDbOracle('code', CODE);
