import { config } from "zod";

// The site's policy forbids code from text, and browsers report the attempt. Schemas ask once when they are made, so that this is imported before all others.
config({ jitless: true });
