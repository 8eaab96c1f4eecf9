/** Placeholder. */
export const variants: readonly { readonly name: string }[] = [];
export const fixture = {};
export const start = async () => {};
export const stop = async () => {};
