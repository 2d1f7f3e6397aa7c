// The few lines that every page runs. Each page works without them.

import { startCopying } from "./copying.ts";
import { goToErrors } from "./errors.ts";
import { startMenus } from "./menus.ts";
import { startPrices } from "./prices.ts";
import { startSteppers } from "./steppers.ts";
import { startThemeToggle } from "./theme.ts";
import { showLocalTimes, startCountdowns } from "./times.ts";
import { startLookingAgain, startSendingOnce } from "./waiting.ts";

startThemeToggle(document, () => matchMedia("(prefers-color-scheme: dark)").matches);
startMenus(document);
startSteppers(document);
startPrices(document);
showLocalTimes(document, Intl.DateTimeFormat().resolvedOptions().timeZone);
startCountdowns(document, () => Date.now());
startCopying(document, navigator.clipboard as Clipboard | undefined);
startSendingOnce(document);
goToErrors(document);
startLookingAgain(document, () => location.reload());
