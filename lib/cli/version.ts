/** The package's version. A constant, because neither `import.meta` nor `__dirname` is there in both builds; a test compares. */
export const version = '0.1.0';
