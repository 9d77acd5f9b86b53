/**
 * Keeps all files of the site from the first visit on, so that it opens without a network, and gives them from there. A new version of the site is taken over as a whole, when no page of the old one is open any more.
 */
import { cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching";
import type { KeptFile } from "./keptFile.js";

declare const KEPT_FILES: readonly KeptFile[];

cleanupOutdatedCaches();
precacheAndRoute([...KEPT_FILES]);
