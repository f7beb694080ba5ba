/** The units run side by side; the lab tests share one machine's two cores, so they run one after another. */
const common = {
  testEnvironment: 'node',
  transform: { '^.+\\.(t|j|mj)s$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
  moduleNameMapper: { '^@middy/(core|util)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  transformIgnorePatterns: ['/node_modules/(?!@middy/)'],
};

module.exports = { ...common, testMatch: ['<rootDir>/test/**/*.test.ts'], modulePathIgnorePatterns: ['<rootDir>/(cdk.out|build|.cache|reports)/'] };
