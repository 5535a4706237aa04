"""Web chat: a page that works by form posts alone, and by itself where JavaScript is there; nothing stays in the browser."""
