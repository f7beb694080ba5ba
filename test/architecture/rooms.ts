/** Who may import what: the table of the house, as the test reads it. Paths are from the project's folder. */
export interface Room {
  readonly name: string;
  /** Which files live in it; the first room that matches is theirs. */
  readonly files: RegExp;
  /** Rooms whose files it may import, besides its own. */
  readonly rooms: readonly string[];
  /** Packages it may import, by their beginning; `*` = any but those reserved for other rooms. */
  readonly packages: readonly string[];
  readonly builtins: boolean;
}

const LIB = ['domain', 'ports', 'contract', 'engines', 'traffic', 'state', 'workflow', 'config', 'asl'];

/** Each engine has its own one SDK; what is not here has none. */
const ENGINE_SDKS: Readonly<Record<string, readonly string[]>> = {
  'postgres/streaming': ['pg'],
  'postgres/patroni': ['pg'],
  'postgres/rds': ['@aws-sdk/client-rds'],
  'postgres/aurora': ['@aws-sdk/client-rds'],
  redis: ['ioredis'],
  kafka: ['kafkajs'],
  'object-store': ['@aws-sdk/client-s3'],
  ssm: ['@aws-sdk/client-ssm'],
};

const engines = Object.entries(ENGINE_SDKS).map(([folder, packages]): Room => ({
  name: 'engines',
  files: new RegExp(`^lib/engines/${folder}/`),
  rooms: ['ports', 'domain'],
  packages: [...packages, 'zod'],
  builtins: true,
}));

export const ROOMS: readonly Room[] = [
  { name: 'domain', files: /^lib\/domain\//, rooms: [], packages: [], builtins: false },
  { name: 'ports', files: /^lib\/ports\//, rooms: ['domain'], packages: [], builtins: false },
  { name: 'contract', files: /^lib\/contract\//, rooms: ['domain'], packages: [], builtins: false },
  ...engines,
  {
    name: 'engines',
    files: /^lib\/engines\//,
    rooms: ['ports', 'domain'],
    packages: ['zod'],
    builtins: true,
  },
  {
    name: 'traffic',
    files: /^lib\/traffic\//,
    rooms: ['ports', 'domain'],
    packages: [
      '@aws-sdk/client-route-53',
      '@aws-sdk/client-elastic-load-balancing-v2',
      '@aws-sdk/client-cloudwatch',
      'zod',
    ],
    builtins: true,
  },
  {
    name: 'state',
    files: /^lib\/state\//,
    rooms: ['ports', 'domain'],
    packages: ['@aws-sdk/client-dynamodb', '@aws-sdk/util-dynamodb', 'zod'],
    builtins: true,
  },
  {
    name: 'workflow',
    files: /^lib\/workflow\//,
    rooms: ['ports', 'domain', 'contract'],
    packages: ['@aws-sdk/client-sfn', '@aws-sdk/client-lambda', '@aws-sdk/client-cloudwatch', 'zod'],
    builtins: true,
  },
  {
    name: 'config',
    files: /^lib\/config\//,
    rooms: ['domain', 'contract'],
    packages: ['yaml', 'zod'],
    builtins: true,
  },
  { name: 'asl', files: /^lib\/asl\//, rooms: ['domain'], packages: [], builtins: false },
  {
    name: 'infra',
    files: /^lib\/infra\//,
    rooms: ['contract', 'config', 'domain'],
    packages: ['*'],
    builtins: true,
  },
  { name: 'lab', files: /^lib\/lab\//, rooms: [...LIB, 'cli'], packages: ['*'], builtins: true },
  { name: 'cli', files: /^lib\/cli\//, rooms: [...LIB, 'lab'], packages: ['*'], builtins: true },
  {
    name: 'composition root',
    files: /^lambdas\/shared\/dependencies\.ts$/,
    rooms: [...LIB.filter((room) => room !== 'asl'), 'lambdas'],
    packages: ['*'],
    builtins: true,
  },
  {
    name: 'lambdas',
    files: /^lambdas\//,
    rooms: ['domain', 'ports', 'contract', 'composition root'],
    packages: ['@middy/', 'aws-lambda', 'zod'],
    builtins: true,
  },
  {
    name: 'app',
    files: /^bin\/app\.ts$/,
    rooms: ['infra', 'config', 'contract', 'domain'],
    packages: ['*'],
    builtins: true,
  },
  { name: 'bin', files: /^bin\//, rooms: [...LIB, 'lab', 'cli'], packages: ['*'], builtins: true },
  {
    name: 'bench',
    files: /^bench\//,
    rooms: [...LIB, 'lab', 'cli', 'lambdas'],
    packages: ['*'],
    builtins: true,
  },
];

/** Packages that only these rooms know. */
export const RESERVED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'aws-cdk-lib': ['infra', 'app'],
  constructs: ['infra', 'app'],
};

export const roomOf = (path: string): Room | undefined => ROOMS.find(({ files }) => files.test(path));
