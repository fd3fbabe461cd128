// Lists that come in pages, read to their end or to a limit.

/** Most entries of one page of any service. */
export const pageSizeMax = 1000;

/** What is asked for with each page. */
interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly nextPageToken: string;
}

/** More than any service keeps: a list that never ends is a bug of the service. */
const pagesMax = 1000;

/** All entries, or the first `limit`. */
export async function listAll<Entry>(
  readPage: (page: PageRequest) => Promise<Page<Entry>>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Entry[]> {
  const all: Entry[] = [];
  let pageToken = "";
  for (let page = 0; page < pagesMax; page += 1) {
    const pageSize = Math.min(pageSizeMax, limit - all.length);
    const { entries, nextPageToken } = await readPage({ pageSize, pageToken });
    all.push(...entries);
    if (nextPageToken === "" || all.length >= limit) return all.slice(0, limit);
    pageToken = nextPageToken;
  }
  throw new Error(`A list did not end after ${pagesMax} pages`);
}
