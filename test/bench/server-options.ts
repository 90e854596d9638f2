/** Options of Node itself that `npm start` gives the server (tools/boot.mjs): what is measured is started the same way. */
export const serverOptions: readonly string[] = ['--max-semi-space-size=4']
