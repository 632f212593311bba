// Reads the page at an address as programs do that make previews of links; prints what they find, as JSON.

import { extract } from "@extractus/oembed-extractor";
import scrape from "open-graph-scraper";

const [url] = process.argv.slice(2);

// The tests serve the page on this machine, which has no domain.
const { result: openGraph } = await scrape({ url, urlValidatorSettings: { require_tld: false } });
console.log(JSON.stringify({ openGraph, oembed: await extract(url) }));
