import { describeCopyControl } from '../../contract/copy-control';
import { describeEngineContract } from '../../contract/engine-contract';
import { createMemoryWorld } from './memory-world';

const createWorld = () => createMemoryWorld((engine) => engine);

describeEngineContract('memory', createWorld);
describeCopyControl('memory', createWorld);
