"""The command `celosia`: an order becomes one workflow, and what comes of it becomes words. Alone prints or exits; no rule of publishing may enter."""
