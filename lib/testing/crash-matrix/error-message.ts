/** What an error says; those of Node for several addresses at once say it in their code alone. */
export function messageOf(error: unknown): string {
  const { message, code } = Object(error) as { readonly message?: unknown; readonly code?: unknown };
  return String(message || code || error);
}
