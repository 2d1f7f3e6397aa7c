"""What the payment page says, in English and in French."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "title": "Payment",
        "simulator": "Simulator: no real money moves here.",
        "simulator_more": "This page stands in for the payment page of Stripe. No card is asked for and nothing is charged.",
        "total": "Total",
        "your_order": "Your order",
        "quantity": "{quantity} × {price}",
        "email": "Receipt to {email}",
        "what_happens": "What shall the bank do?",
        "approve": "Approve: pay {amount}",
        "decline": "Decline the card",
        "decline_hint": "You stay here and can try again.",
        "authenticate": "Ask for extra authentication",
        "authenticate_hint": "The bank wants you to confirm first.",
        "slow": "Answer slowly",
        "slow_hint": "The payment succeeds after {seconds} seconds.",
        "never": "Never answer",
        "never_hint": "You go back while the payment is still being processed.",
        "cancel": "Cancel and go back",
        "declined": "The card was declined.",
        "declined_more": "Nothing was charged. You can try again.",
        "not_authenticated": "The bank could not confirm that it is you.",
        "bank": "Your bank wants to be sure",
        "bank_more": "Confirm the payment of {amount}, as you would in the app of your bank.",
        "confirm": "Confirm the payment",
        "fail": "Fail the authentication",
        "waiting": "Waiting for the bank",
        "waiting_more": "The payment of {amount} is being processed. This page goes on by itself.",
        "pending_more": "The bank has not answered yet. The payment of {amount} may still succeed or fail.",
        "expired": "This payment page has expired",
        "expired_more": "Nothing was charged. Go back and begin again.",
        "back": "Go back to the shop",
        "missing": "There is no such payment page",
        "missing_more": "The link may be incomplete.",
    },
    "fr": {
        "title": "Paiement",
        "simulator": "Simulateur\u00a0: aucun argent réel ne circule ici.",
        "simulator_more": "Cette page tient lieu de page de paiement de Stripe. Aucune carte n’est demandée et rien n’est débité.",
        "total": "Total",
        "your_order": "Votre commande",
        "quantity": "{quantity} × {price}",
        "email": "Reçu envoyé à {email}",
        "what_happens": "Que doit faire la banque\u00a0?",
        "approve": "Accepter\u00a0: payer {amount}",
        "decline": "Refuser la carte",
        "decline_hint": "Vous restez ici et pouvez réessayer.",
        "authenticate": "Demander une authentification",
        "authenticate_hint": "La banque veut d’abord votre confirmation.",
        "slow": "Répondre lentement",
        "slow_hint": "Le paiement réussit après {seconds} secondes.",
        "never": "Ne jamais répondre",
        "never_hint": "Vous repartez alors que le paiement est encore en cours.",
        "cancel": "Annuler et revenir",
        "declined": "La carte a été refusée.",
        "declined_more": "Rien n’a été débité. Vous pouvez réessayer.",
        "not_authenticated": "La banque n’a pas pu confirmer que c’est bien vous.",
        "bank": "Votre banque veut être sûre",
        "bank_more": "Confirmez le paiement de {amount}, comme dans l’application de votre banque.",
        "confirm": "Confirmer le paiement",
        "fail": "Échouer à l’authentification",
        "waiting": "En attente de la banque",
        "waiting_more": "Le paiement de {amount} est en cours. Cette page continue d’elle-même.",
        "pending_more": "La banque n’a pas encore répondu. Le paiement de {amount} peut encore réussir ou échouer.",
        "expired": "Cette page de paiement a expiré",
        "expired_more": "Rien n’a été débité. Revenez en arrière et recommencez.",
        "back": "Revenir à la boutique",
        "missing": "Cette page de paiement n’existe pas",
        "missing_more": "Le lien est peut-être incomplet.",
    },
}


def language_of(locale: str | None, accepted: str) -> str:
    """`fr` or `en`: what the session asks for, or, if it leaves that open, the first the browser accepts of the two."""
    if locale not in (None, "auto"):
        return "fr" if str(locale).startswith("fr") else "en"
    for part in accepted.lower().split(","):
        language = part.strip()[:2]
        if language in WORDS:
            return language
    return "en"
