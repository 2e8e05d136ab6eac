/** OpenLineage 2-0-2 as far as Asof says it: run events with their facets (openlineage.io/spec/2-0-2, Apache-2.0). */

/** Who wrote an event, as a URI. */
const PRODUCER = 'urn:asof'
const SPEC = 'https://openlineage.io/spec'

type Facet = Readonly<{ _producer: string; _schemaURL: string }> & Readonly<Record<string, unknown>>
type Facets = Readonly<Record<string, Facet>>

export type LineageDataset = Readonly<{
  namespace: string
  name: string
  facets?: Facets
  outputFacets?: Facets
}>

export type RunEvent = Readonly<{
  eventType: 'START' | 'COMPLETE' | 'FAIL'
  /** RFC 3339. */
  eventTime: string
  producer: string
  schemaURL: string
  run: Readonly<{ runId: string; facets?: Facets }>
  job: Readonly<{ namespace: string; name: string; facets?: Facets }>
  inputs: readonly LineageDataset[]
  outputs: readonly LineageDataset[]
}>

/** A facet of the specification, by the name of its schema and the version that is meant. */
const facet = (schema: string, version: string, fields: Readonly<Record<string, unknown>>): Facet => ({
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/facets/${version}/${schema}.json#/$defs/${schema}`,
  ...fields,
})

export const runEvent = (event: Omit<RunEvent, 'producer' | 'schemaURL'>): RunEvent => ({
  ...event,
  producer: PRODUCER,
  schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
})

export type LineageField = Readonly<{ name: string; type: string; description: string }>

export const schemaFacet = (fields: readonly LineageField[]): Facets => ({
  schema: facet('SchemaDatasetFacet', '1-2-0', { fields }),
})

export const versionFacet = (datasetVersion: string): Facets => ({
  version: facet('DatasetVersionDatasetFacet', '1-0-1', { datasetVersion }),
})

export const rowsFacet = (rowCount: number): Facets => ({
  outputStatistics: facet('OutputStatisticsOutputDatasetFacet', '1-0-2', { rowCount }),
})

export const documentedFacet = (description: string): Facets => ({
  documentation: facet('DocumentationDatasetFacet', '1-1-0', { description }),
})

export type InputField = Readonly<{ namespace: string; name: string; field: string }>

/** Which columns each field is computed from. */
export const columnsFacet = (
  fields: ReadonlyMap<string, Readonly<{ inputs: readonly InputField[]; formula: string }>>,
): Facets => ({
  columnLineage: facet('ColumnLineageDatasetFacet', '1-2-0', {
    fields: Object.fromEntries(
      [...fields].map(([name, { inputs, formula }]) => {
        const transformations = [
          { type: 'DIRECT', subtype: 'TRANSFORMATION', description: formula, masking: false },
        ]
        return [name, { inputFields: inputs.map((input) => ({ ...input, transformations })) }]
      }),
    ),
  }),
})

export const jobFacet = (jobType: string): Facets => ({
  jobType: facet('JobTypeJobFacet', '2-0-4', { processingType: 'BATCH', integration: 'ASOF', jobType }),
})

/** The commit whose code ran. */
export const codeFacet = (sha: string): Facets => ({
  sourceCodeLocation: facet('SourceCodeLocationJobFacet', '1-1-0', {
    type: 'git',
    url: `urn:git:${sha}`,
    version: sha,
  }),
})

/** The moment that a run is about, beside the one at which it happened. */
export const nominalFacet = (nominalStartTime: string): Facets => ({
  nominalTime: facet('NominalTimeRunFacet', '1-0-1', { nominalStartTime }),
})

export const failedFacet = (message: string): Facets => ({
  errorMessage: facet('ErrorMessageRunFacet', '1-0-1', { message, programmingLanguage: 'TypeScript' }),
})

export type TestFacetRow = Readonly<{ name: string; passed: boolean; expected: string; actual: string }>

export const testsFacet = (tests: readonly TestFacetRow[]): Facets => ({
  test: facet('TestRunFacet', '1-0-1', {
    tests: tests.map(({ name, passed, expected, actual }) => ({
      ...{ name, status: passed ? 'pass' : 'fail', severity: 'error', type: 'validation_gate' },
      ...{ expected, actual },
    })),
  }),
})
