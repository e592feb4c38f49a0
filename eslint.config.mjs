import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SPECS = ['**/*.spec.ts', '**/*.spec-support.ts', 'src/**/testing/**'];
/** What runs beside the gateway, not in it. */
const OUTSIDE = [...SPECS, 'test/**', 'bench/**'];
/** Their readers, not we, want a default export. */
const DEFAULT_EXPORTS = ['*.config.mjs', 'test/support/global-setup.ts', 'test/support/global-teardown.ts'];
const SCRIPT_GLOBALS = ['Buffer', 'URL', 'clearInterval', 'fetch', 'process', 'setInterval', 'setTimeout'];

const TOO_MANY_PARAMETERS = {
  selector: [
    ':matches(FunctionDeclaration, ArrowFunctionExpression)[params.length>5]',
    "MethodDefinition[kind!='constructor'] > FunctionExpression[params.length>5]",
  ].join(', '),
  message: 'At most 5 parameters; pass an object.',
};
const TOO_MANY_DEPENDENCIES = {
  selector: "MethodDefinition[kind='constructor'] > FunctionExpression[params.length>7]",
  message: 'At most 7 dependencies; this wants to be two classes.',
};
const DEFAULT_EXPORT = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' };
const BARREL = {
  selector: 'ExportAllDeclaration, ExportNamedDeclaration[source]',
  message: 'No re-exports; import from the file that declares it.',
};
const SYSTEM_TIME = {
  selector: [
    "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    "NewExpression[callee.name='Date'][arguments.length=0]",
  ].join(', '),
  message: 'Time comes from the Clock port.',
};
const ENVIRONMENT = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Settings come from GatewayConfig; only the entry point reads the environment.',
};
const RESTRICTED_SYNTAX = [TOO_MANY_PARAMETERS, TOO_MANY_DEPENDENCIES, DEFAULT_EXPORT, BARREL];

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', 'coverage/', '.data/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { noInlineConfig: true },
    rules: {
      complexity: ['error', 16],
      'default-case-last': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-depth': ['error', 3],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 60],
      'no-console': 'error',
      // Hostile text is looked for on purpose.
      'no-control-regex': 'off',
      'no-else-return': 'error',
      'no-empty': 'error',
      'no-misleading-character-class': ['error', { allowEscape: true }],
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: '@nestjs/common', importNames: ['forwardRef'], message: 'Cut the cycle instead.' }],
        },
      ],
      'no-restricted-syntax': ['error', ...RESTRICTED_SYNTAX],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'object-shorthand': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-exports': 'error',
      // Leaves files with decorators alone: what Nest injects is an import of a value, and `tsc` rejects the mixture.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // Members of unknown JSON are read either way.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Nest's options are classes that callers fill as literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // The constructor of a subclass names what Nest injects.
      '@typescript-eslint/no-useless-constructor': 'off',
      // Asks for the `!` that no-non-null-assertion forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: OUTSIDE,
    rules: { 'no-restricted-syntax': ['error', ...RESTRICTED_SYNTAX, SYSTEM_TIME, ENVIRONMENT] },
  },
  {
    // The entry points; the clock itself; ids; a row whose time only has to differ from what it was.
    files: [
      'src/main.ts',
      'src/cli/**',
      'src/common/clock.port.ts',
      'src/common/ids.ts',
      'src/admin/resource/owned-rows.service.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', ...RESTRICTED_SYNTAX] },
  },
  {
    // The one place that makes an id of the kind that its caller names.
    files: ['src/common/ids.ts'],
    rules: { '@typescript-eslint/no-unnecessary-type-parameters': 'off' },
  },
  { files: OUTSIDE, rules: { 'max-lines': 'off' } },
  {
    // Answers from a socket and of `expect.any` are read without a type; what they hold is what is tested.
    files: [...SPECS, 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-plus-operands': ['error', { allowAny: true }],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
  {
    // A suite is one long function, and odd values are the point of many.
    files: SPECS,
    rules: {
      complexity: 'off',
      'max-lines-per-function': 'off',
      'no-loss-of-precision': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: DEFAULT_EXPORTS,
    rules: { 'no-restricted-syntax': ['error', TOO_MANY_PARAMETERS, TOO_MANY_DEPENDENCIES, BARREL] },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: Object.fromEntries(SCRIPT_GLOBALS.map((name) => [name, 'readonly'])) },
  },
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable', require: 'readonly' } } },
  prettier,
);
