import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** What is exported says in a comment what it is, as every public name of the Python sources does. */
const documented = {
  meta: {
    type: "suggestion",
    schema: [],
    messages: { missing: "an exported name says what it is in a /** comment */" },
  },
  create(context) {
    const source = context.sourceCode;
    const isDocumented = (node) =>
      source.getCommentsBefore(node).some(({ type, value }) => type === "Block" && value.startsWith("*"));
    return {
      ExportNamedDeclaration(node) {
        if (node.declaration && !isDocumented(node)) {
          context.report({ node, messageId: "missing" });
        }
      },
      "ExportNamedDeclaration > TSInterfaceDeclaration TSPropertySignature"(node) {
        if (!isDocumented(node)) {
          context.report({ node, messageId: "missing" });
        }
      },
    };
  },
};

export default tseslint.config(
  { ignores: ["**/dist/", "**/.build/", "**/generated/"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { project: "tsconfig.lint.json", tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { "react-hooks": reactHooks, payport: { rules: { documented } } },
    rules: {
      curly: "error",
      eqeqeq: "error",
      "no-console": "error",
      "no-param-reassign": "error",
      "prefer-const": "error",
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 60 }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/naming-convention": [
        "error",
        { selector: "default", format: ["camelCase"], leadingUnderscore: "allow" },
        { selector: "import", format: null },
        { selector: "typeLike", format: ["PascalCase"] },
        { selector: "variable", modifiers: ["const", "global"], format: ["camelCase", "UPPER_CASE"] },
        // Fields of records are spelled as they are on the wire: one word from Python to screen.
        { selector: ["objectLiteralProperty", "typeProperty"], format: null },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "payport/documented": "error",
    },
  },
  {
    files: ["**/*.tsx"],
    rules: {
      ...reactHooks.configs.recommended.rules,
      "@typescript-eslint/explicit-module-boundary-types": "off", // a component returns what can be rendered
      "@typescript-eslint/naming-convention": [
        "error",
        { selector: "default", format: ["camelCase"], leadingUnderscore: "allow" },
        { selector: "import", format: null },
        { selector: "typeLike", format: ["PascalCase"] },
        { selector: "variable", modifiers: ["const", "global"], format: ["camelCase", "PascalCase", "UPPER_CASE"] },
        { selector: "function", format: ["camelCase", "PascalCase"] }, // components begin with a capital
        { selector: ["objectLiteralProperty", "typeProperty"], format: null },
      ],
    },
  },
  {
    files: ["**/test/**", "**/gallery/**"],
    rules: {
      "max-lines-per-function": "off", // a suite is a function
      // Vectors are JSON whose form each check knows; what is not as expected fails the check.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  { files: ["*.js", "**/*.config.ts"], ...tseslint.configs.disableTypeChecked },
);
