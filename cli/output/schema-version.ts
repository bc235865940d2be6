/** Version of what --json prints: fields are added without a new one. */
export const SCHEMA_VERSION = 1;
