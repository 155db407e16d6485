"""What the forms that are there from the start say, in German and English."""

TEXTS: dict[str, dict[str, dict[str, str]]] = {
    "de": {
        "contact": {
            "name": "Kontakt",
            "headline": "Wie können wir Ihnen helfen?",
            "intro": "Schreiben Sie uns. Wir melden uns innerhalb eines Werktags.",
            "button": "Nachricht senden",
            "success_message": "Vielen Dank! Wir haben Ihre Nachricht erhalten und melden uns "
            "bald.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "newsletter": {
            "name": "Newsletter",
            "headline": "Newsletter abonnieren",
            "intro": "Neues aus der Praxis, höchstens zweimal im Monat.",
            "button": "Jetzt anmelden",
            "success_message": "Fast geschafft! Bitte bestätigen Sie Ihre Anmeldung mit dem Link "
            "in der E-Mail, die wir Ihnen gerade geschickt haben.",
            "consent": "Ja, ich möchte den Newsletter per E-Mail erhalten. Das kann ich jederzeit "
            "widerrufen, zum Beispiel über den Abmeldelink in jeder Ausgabe.",
        },
        "whitepaper": {
            "name": "Whitepaper",
            "headline": "Whitepaper kostenlos anfordern",
            "intro": "Wir schicken es an Ihre E-Mail-Adresse; mehr brauchen wir dafür nicht.",
            "button": "Whitepaper anfordern",
            "success_message": "Vielen Dank! Das Whitepaper ist auf dem Weg zu Ihnen.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "callback": {
            "name": "Rückruf",
            "headline": "Wir rufen Sie kostenlos zurück",
            "intro": "Sagen Sie uns, unter welcher Nummer und wann es Ihnen passt.",
            "button": "Rückruf anfordern",
            "success_message": "Vielen Dank! Wir rufen Sie zu unseren Geschäftszeiten an.",
            "consent": "",
        },
        "quote": {
            "name": "Angebotsrechner",
            "headline": "Was kostet es?",
            "intro": "Ihr Angebot steht gleich hier und kommt auch als PDF per E-Mail.",
            "button": "Preis berechnen",
            "success_message": "Vielen Dank für Ihr Interesse!",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "feedback": {
            "name": "Feedback",
            "headline": "Wie zufrieden sind Sie?",
            "intro": "Ihre Meinung hilft uns, besser zu werden.",
            "button": "Feedback senden",
            "success_message": "Vielen Dank für Ihr Feedback!",
            "consent": "",
        },
        "meeting": {
            "name": "Termin",
            "headline": "Termin buchen",
            "intro": "Wählen Sie eine Zeit. Die Bestätigung kommt per E-Mail.",
            "button": "Termin verbindlich buchen",
            "success_message": "Vielen Dank! Die Bestätigung mit allen Angaben ist per E-Mail "
            "unterwegs zu Ihnen.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "webinar": {
            "name": "Webinar",
            "headline": "Jetzt zum Webinar anmelden",
            "intro": "Kostenlos und von Ihrem Platz aus. Den Zugang erhalten Sie per E-Mail.",
            "button": "Verbindlich anmelden",
            "success_message": "Vielen Dank für Ihre Anmeldung! Ihre Bestätigung mit "
            "Kalendereintrag ist auf dem Weg zu Ihnen.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "event": {
            "name": "Veranstaltung",
            "headline": "Seien Sie dabei",
            "intro": "Wir freuen uns darauf, Sie persönlich kennenzulernen.",
            "button": "Platz reservieren",
            "success_message": "Vielen Dank für Ihre Anmeldung! Ihre Bestätigung mit "
            "Kalendereintrag ist auf dem Weg zu Ihnen.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "referral": {
            "name": "Weiterempfehlen",
            "headline": "Empfehlen Sie uns weiter",
            "intro": "Sie erhalten Ihren persönlichen Link und geben ihn selbst weiter. Wir "
            "schreiben niemanden an, der uns nicht darum gebeten hat.",
            "button": "Persönlichen Link erhalten",
            "success_message": "Vielen Dank, dass Sie uns empfehlen!",
            "consent": "",
        },
    },
    "en": {
        "contact": {
            "name": "Contact",
            "headline": "How can we help you?",
            "intro": "Write to us. We will get back to you within one working day.",
            "button": "Send message",
            "success_message": "Thank you! We have received your message and will be in touch "
            "soon.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "newsletter": {
            "name": "Newsletter",
            "headline": "Subscribe to our newsletter",
            "intro": "News from practice, at most twice a month.",
            "button": "Subscribe",
            "success_message": "Almost done! Please confirm your subscription with the link in the "
            "e-mail that we have just sent you.",
            "consent": "Yes, I would like to receive the newsletter by e-mail. I can withdraw this "
            "at any time, for example with the link in every issue.",
        },
        "whitepaper": {
            "name": "Whitepaper",
            "headline": "Get the whitepaper for free",
            "intro": "We send it to your e-mail address; that is all we need for it.",
            "button": "Get the whitepaper",
            "success_message": "Thank you! The whitepaper is on its way to you.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "callback": {
            "name": "Callback",
            "headline": "We call you back for free",
            "intro": "Tell us at which number, and when it suits you.",
            "button": "Ask for a call",
            "success_message": "Thank you! We will call you during our business hours.",
            "consent": "",
        },
        "quote": {
            "name": "Quote calculator",
            "headline": "What does it cost?",
            "intro": "Your quote appears right here, and comes as a PDF by e-mail too.",
            "button": "Calculate the price",
            "success_message": "Thank you for your interest!",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "feedback": {
            "name": "Feedback",
            "headline": "How satisfied are you?",
            "intro": "Your opinion helps us to get better.",
            "button": "Send feedback",
            "success_message": "Thank you for your feedback!",
            "consent": "",
        },
        "meeting": {
            "name": "Meeting",
            "headline": "Book a meeting",
            "intro": "Choose a time. The confirmation comes by e-mail.",
            "button": "Book this meeting",
            "success_message": "Thank you! The confirmation with all details is on its way to you "
            "by e-mail.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "webinar": {
            "name": "Webinar",
            "headline": "Register for the webinar",
            "intro": "Free, and from wherever you are. You get the access by e-mail.",
            "button": "Register",
            "success_message": "Thank you for registering! Your confirmation with an entry for "
            "your calendar is on its way to you.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "event": {
            "name": "Event",
            "headline": "Be there",
            "intro": "We look forward to meeting you in person.",
            "button": "Reserve a place",
            "success_message": "Thank you for registering! Your confirmation with an entry for "
            "your calendar is on its way to you.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "referral": {
            "name": "Recommend us",
            "headline": "Recommend us",
            "intro": "You get your personal link and pass it on yourself. We write to nobody who "
            "has not asked us to.",
            "button": "Get my personal link",
            "success_message": "Thank you for recommending us!",
            "consent": "",
        },
    },
}
