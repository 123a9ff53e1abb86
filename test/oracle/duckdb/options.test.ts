import { duckDbOracle } from '../oracle.ts';
import { OPTIONS } from './options.ts';

duckDbOracle('options', OPTIONS);
