import { postgresOracle } from '../oracle.ts';
import { POSTGRES } from './cases.ts';

postgresOracle(POSTGRES);
