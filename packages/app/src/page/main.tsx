import { render } from "preact";

render(<p>CLIDiM</p>, document.querySelector("#app")!); // index.html has it
