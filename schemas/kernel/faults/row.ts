/** A row of the table of expected failures. */

export type FaultRow = Readonly<{ http: number; grpc: string; sentence: string }>

/** @param sentence names the thing, the place and the remedy; `{name}` in it is filled from the detail */
export const row = (http: number, grpc: string, sentence: string): FaultRow => ({ http, grpc, sentence })
