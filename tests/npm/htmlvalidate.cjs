// What a public page must be: valid, and what html-validate recommends beyond that, save what is a matter of taste here.
module.exports = {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    "doctype-style": "off", // small letters are as valid
    "long-title": "off", // a title is as long as its language needs
    "tel-non-breaking": "off", // the style sheet keeps a number in one line, and "Call 112" may break
    "wcag/h32": "off", // a checklist is a form only so that no browser remembers what was ticked: there is nothing to send
  },
};
