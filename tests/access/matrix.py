"""Who may do what, everything there is to ask for: one row each, one column for each viewer.

nobo  nobody: a browser that holds nothing               fina  a member of the organisation in the role finance
mall  Mallory, the owner of another organisation         mana  a member of the organisation in the role manager
atte  Bob, who holds a ticket and three orders           ownr  a member of the organisation in the role owner
spea  Sam, a speaker who followed a crew link            narr  a program with every scope but the one named at the end
door  a member of the organisation in the role door      prog  a program with the scope named at the end and no other
crew  a member of the organisation in the role crew

A number is the status of the answer; `in` leads to the page where one signs in; 302 leads elsewhere. 503 says that somebody was let
through as far as the payment service, which is away in these tests; 409 as far as the state of the room. Behind an @ stands
which of several things is meant. Where a secret stands in the address, whoever has it may.

`test_matrix.py` asks for every cell. A page, operation or command without a row fails; so does a row without its page.
"""

# ruff: noqa: E501 - a table is read across
from __future__ import annotations

from typing import NamedTuple

from tests.access.world import VIEWERS


class Row(NamedTuple):
    """What is asked for, what each viewer is answered, and the scope that a program needs."""

    what: str
    expected: dict[str, str]
    scope: str


HEADING = "#                                                                      nobo mall atte spea door crew fina mana ownr narr prog   scope"
TABLE = """

# Pages of users and organisations
GET users:organisations                                                  in  200   in   in  200  200  200  200  200   in   in
GET users:create_organisation                                            in  200   in   in  200  200  200  200  200   in   in
POST users:create_organisation                                           in  302   in   in  302  302  302  302  302   in   in
GET users:organisation                                                   in  404   in   in  403  403  403  403  200   in   in
POST users:organisation                                                  in  404   in   in  403  403  403  403  302   in   in
GET users:members                                                        in  404   in   in  403  403  403  403  200   in   in
POST users:members                                                       in  404   in   in  403  403  403  403  302   in   in
POST users:change_role                                                   in  404   in   in  403  403  403  403  302   in   in
GET users:remove_member                                                  in  404   in   in  403  403  403  403  200   in   in
POST users:remove_member                                                 in  404   in   in  403  403  403  403  302   in   in
POST users:withdraw_invitation                                           in  404   in   in  403  403  403  403  302   in   in
GET users:tokens                                                         in  404   in   in  403  403  403  403  200   in   in
POST users:tokens                                                        in  404   in   in  403  403  403  403  200   in   in
POST users:revoke_token                                                  in  404   in   in  403  403  403  403  302   in   in
GET users:invitation                                                    200  200  200  200  200  200  200  200  200  200  200
POST users:invitation                                                   200  422  200  200  422  422  422  422  422  200  200
GET users:profile                                                        in  200   in   in  200  200  200  200  200   in   in
POST users:profile                                                       in  302   in   in  302  302  302  302  302   in   in

# Pages of events
GET events:directory                                                    200  200  200  200  200  200  200  200  200  200  200
GET events:host                                                          in  200   in   in  200  200  200  200  200   in   in
GET events:create                                                        in  200   in   in  302  302  302  200  200   in   in
POST events:create                                                       in  404   in   in  302  302  302  302  302   in   in
GET events:manage                                                        in  404   in   in  200  200  200  200  200   in   in
GET events:edit                                                          in  404   in   in  403  403  403  200  200   in   in
POST events:edit                                                         in  404   in   in  403  403  403  302  302   in   in
POST events:picture                                                      in  404   in   in  403  403  403  302  302   in   in
GET events:dates                                                         in  404   in   in  403  403  403  200  200   in   in
POST events:dates                                                        in  404   in   in  403  403  403  302  302   in   in
GET events:move                                                          in  404   in   in  403  403  403  200  200   in   in
POST events:move                                                         in  404   in   in  403  403  403  302  302   in   in
POST events:remove_date                                                  in  404   in   in  403  403  403  302  302   in   in
GET events:guests                                                        in  404   in   in  403  403  403  200  200   in   in
POST events:guests                                                       in  404   in   in  403  403  403  302  302   in   in
POST events:publish                                                      in  404   in   in  403  403  403  302  302   in   in
GET events:cancel                                                        in  404   in   in  403  403  403  200  200   in   in
POST events:cancel                                                       in  404   in   in  403  403  403  302  302   in   in
POST events:duplicate                                                    in  404   in   in  403  403  403  302  302   in   in
GET events:event                                                        200  200  200  200  200  200  200  200  200  200  200
GET events:preview                                                      200  200  200  200  200  200  200  200  200  200  200
GET events:preview @draft                                               404  404  404  404  200  200  200  200  200  404  200   events:read
GET events:event @draft                                                 404  404  404  404  200  200  200  200  200  404  200   events:read

# Pages of tickets
POST tickets:reserve                                                    302  302  302  302  302  302  302  302  302  302  302
POST tickets:reserve @draft                                             404  404  404  404  404  404  404  404  404  404  404
GET tickets:order                                                       404  404  200  404  404  404  404  404  404  404  404
GET tickets:checkout                                                    404  404  200  404  404  404  404  404  404  404  404
POST tickets:checkout                                                   404  404  503  404  404  404  404  404  404  404  404
POST tickets:release                                                    404  404  302  404  404  404  404  404  404  404  404
POST tickets:send_again                                                 404  404  302  404  404  404  404  404  404  404  404
GET tickets:open_order                                                  302  302  302  302  302  302  302  302  302  302  302
GET tickets:open_ticket                                                 302  302  302  302  302  302  302  302  302  302  302
GET tickets:ticket                                                      404  404  200  404  404  404  404  404  404  404  404
GET tickets:calendar                                                    404  404  200  404  404  404  404  404  404  404  404
GET tickets:cancel_ticket                                               404  404  200  404  404  404  404  404  404  404  404
POST tickets:cancel_ticket                                              404  404  302  404  404  404  404  404  404  404  404
GET tickets:hand_over                                                   404  404  302  404  404  404  404  404  404  404  404
POST tickets:hand_over                                                  404  404  302  404  404  404  404  404  404  404  404
GET tickets:find_order                                                  200  200  200  200  200  200  200  200  200  200  200
POST tickets:find_order                                                 200  200  200  200  200  200  200  200  200  200  200
GET tickets:prices                                                       in  404   in   in  403  403  403  200  200   in   in
POST tickets:prices                                                      in  404   in   in  403  403  403  302  302   in   in
POST tickets:fee                                                         in  404   in   in  403  403  403  422  422   in   in
POST tickets:goal                                                        in  404   in   in  403  403  403  302  302   in   in
GET tickets:add_price                                                    in  404   in   in  403  403  403  200  200   in   in
POST tickets:add_price                                                   in  404   in   in  403  403  403  302  302   in   in
GET tickets:edit_price                                                   in  404   in   in  403  403  403  200  200   in   in
POST tickets:edit_price                                                  in  404   in   in  403  403  403  302  302   in   in
POST tickets:retire_price                                                in  404   in   in  403  403  403  302  302   in   in
GET tickets:orders                                                       in  404   in   in  403  403  200  200  200   in   in
GET tickets:orders_csv                                                   in  404   in   in  403  403  200  200  200   in   in
GET tickets:attendees                                                    in  404   in   in  403  403  200  200  200   in   in
GET tickets:attendees_csv                                                in  404   in   in  403  403  200  200  200   in   in

# Pages of charities
GET charities:index                                                     200  200  200  200  200  200  200  200  200  200  200
GET charities:charity                                                   200  200  200  200  200  200  200  200  200  200  200
GET charities:propose                                                    in  404   in   in  403  403  403  200  200   in   in
POST charities:propose                                                   in  404   in   in  403  403  403  302  302   in   in

# Pages of payments
GET payments:return                                                     404  404  200  404  404  404  404  404  404  404  404
POST payments:pay                                                       404  404  503  404  404  404  404  404  404  404  404
GET payments:cancel                                                     404  404  200  404  404  404  404  404  404  404  404
POST payments:cancel                                                    404  404  302  404  404  404  404  404  404  404  404
POST payments:callback                                                  400  400  400  400  400  400  400  400  400  400  400
GET payments:cancel_order                                               in  404   in   in  403  403  200  200  200   in   in
POST payments:cancel_order                                              in  404   in   in  403  403  302  302  302   in   in
GET payments:refund                                                      in  404   in   in  403  403  200  200  200   in   in
POST payments:refund                                                     in  404   in   in  403  403  302  302  302   in   in
GET payments:entries                                                     in  404   in   in  403  403  200  403  200   in   in
GET payments:statement_file                                              in  404   in   in  403  403  200  403  200   in   in
GET payments:organisation_statement                                      in  404   in   in  403  403  200  403  200   in   in
GET payments:organisation_entries                                        in  404   in   in  403  403  200  403  200   in   in
GET payments:organisation_statement_file                                 in  404   in   in  403  403  200  403  200   in   in
GET payments:door                                                        in  404   in   in  200  403  403  200  200   in   in
POST payments:door                                                       in  404   in   in  422  403  403  422  422   in   in
GET payments:transfers                                                   in  404   in   in  403  403  200  403  200   in   in
POST payments:transfers                                                  in  404   in   in  403  403  422  403  422   in   in
POST payments:decide                                                     in  404   in   in  403  403  302  403  302   in   in
GET payments:bank_account                                                in  404   in   in  403  403  403  403  200   in   in
POST payments:bank_account                                               in  404   in   in  403  403  403  403  302   in   in
POST payments:stop_change                                                in  404   in   in  403  403  403  403  302   in   in
GET payments:statement                                                   in  404   in   in  403  403  200  403  200   in   in

# Pages of rooms, and what our own processes ask: /internal/* is nobody's
GET rooms:enter                                                         404  404  302  404  404  404  404  404  404  404  404
GET rooms:of_occurrence                                                  in  404   in   in  403  302  403  302  302   in   in
GET rooms:open_crew                                                     302  302  302  302  302  302  302  302  302  302  302
GET rooms:room                                                          404  404  200  200  404  200  404  200  200  403  403
GET rooms:crew                                                           in  404   in   in  403  403  403  200  200   in   in
POST rooms:crew                                                          in  404   in   in  403  403  403  302  302   in   in
POST rooms:remove_crew_member                                            in  404   in   in  403  403  403  302  302   in   in
GET rooms:admit_engine                                                  404  404  404  404  404  404  404  404  404  404  404
GET rooms:admit_messages                                                404  404  404  404  404  404  404  404  404  404  404
POST rooms:batch                                                        404  404  404  404  404  404  404  404  404  404  404

# Signing in, and one's own keys (django-allauth)
GET account_login                                                       200  302  200  200  302  302  302  302  302  200  200
POST account_login                                                      200  302  200  200  302  302  302  302  302  200  200
GET account_logout                                                      302  200  302  302  200  200  200  200  200  302  302
POST account_logout                                                     302  302  302  302  302  302  302  302  302  302  302
GET account_inactive                                                    200  200  200  200  200  200  200  200  200  200  200
GET account_signup                                                      200  302  200  200  302  302  302  302  302  200  200
POST account_signup                                                     200  302  200  200  302  302  302  302  302  200  200
GET account_reauthenticate                                               in  403   in   in  403  403  403  403  403   in   in
POST account_reauthenticate                                              in  403   in   in  403  403  403  403  403   in   in
GET account_email                                                        in  200   in   in  200  200  200  200  200   in   in
POST account_email                                                       in  302   in   in  302  302  302  302  302   in   in
GET account_email_verification_sent                                      in  302   in   in  302  302  302  302  302   in   in
POST account_email_verification_sent                                     in  302   in   in  302  302  302  302  302   in   in
GET account_change_password                                              in  302   in   in  302  302  302  302  302   in   in
POST account_change_password                                             in  302   in   in  302  302  302  302  302   in   in
GET account_set_password                                                 in  200   in   in  200  200  200  200  200   in   in
POST account_set_password                                                in  200   in   in  200  200  200  200  200   in   in
GET account_reset_password                                              200  200  200  200  200  200  200  200  200  200  200
POST account_reset_password                                             200  200  200  200  200  200  200  200  200  200  200
GET account_confirm_login_code                                           in  302   in   in  302  302  302  302  302   in   in
POST account_confirm_login_code                                          in  302   in   in  302  302  302  302  302   in   in
GET account_reset_password_from_key_done                                200  200  200  200  200  200  200  200  200  200  200
GET account_reset_password_from_key                                     200  200  200  200  200  200  200  200  200  200  200
POST account_reset_password_from_key                                    200  200  200  200  200  200  200  200  200  200  200
GET account_reset_password_done                                         200  200  200  200  200  200  200  200  200  200  200
GET account_request_login_code                                          200  302  200  200  302  302  302  302  302  200  200
POST account_request_login_code                                         200  302  200  200  302  302  302  302  302  200  200
GET mfa_index                                                            in  200   in   in  200  200  200  200  200   in   in
GET mfa_authenticate                                                     in  302   in   in  302  302  302  302  302   in   in
POST mfa_authenticate                                                    in  302   in   in  302  302  302  302  302   in   in
GET mfa_reauthenticate                                                   in  403   in   in  403  403  403  403  403   in   in
POST mfa_reauthenticate                                                  in  403   in   in  403  403  403  403  403   in   in
GET mfa_activate_totp                                                    in  200   in   in  200  200  200  200  200   in   in
POST mfa_activate_totp                                                   in  200   in   in  200  200  200  200  200   in   in
GET mfa_deactivate_totp                                                  in  404   in   in  404  404  404  404  404   in   in
POST mfa_deactivate_totp                                                 in  404   in   in  404  404  404  404  404   in   in
GET mfa_view_recovery_codes                                              in  404   in   in  404  404  404  404  404   in   in
GET mfa_generate_recovery_codes                                          in  200   in   in  200  200  200  200  200   in   in
POST mfa_generate_recovery_codes                                         in  200   in   in  200  200  200  200  200   in   in
GET mfa_download_recovery_codes                                          in  404   in   in  404  404  404  404  404   in   in
GET mfa_list_webauthn                                                    in  200   in   in  200  200  200  200  200   in   in
GET mfa_add_webauthn                                                     in  200   in   in  200  200  200  200  200   in   in
POST mfa_add_webauthn                                                    in  200   in   in  200  200  200  200  200   in   in
GET mfa_reauthenticate_webauthn                                          in  403   in   in  403  403  403  403  403   in   in
POST mfa_reauthenticate_webauthn                                         in  403   in   in  403  403  403  403  403   in   in
GET mfa_remove_webauthn                                                  in  404   in   in  404  404  404  404  404   in   in
POST mfa_remove_webauthn                                                 in  404   in   in  404  404  404  404  404   in   in
DELETE mfa_remove_webauthn                                               in  404   in   in  404  404  404  404  404   in   in
GET mfa_edit_webauthn                                                    in  404   in   in  404  404  404  404  404   in   in
POST mfa_edit_webauthn                                                   in  404   in   in  404  404  404  404  404   in   in
GET mfa_login_webauthn                                                   in  302   in   in  302  302  302  302  302   in   in
POST mfa_login_webauthn                                                  in  302   in   in  302  302  302  302  302   in   in

# Pages of the site
POST set_language                                                       302  302  302  302  302  302  302  302  302  302  302
GET legal                                                               200  200  200  200  200  200  200  200  200  200  200
GET live                                                                200  200  200  200  200  200  200  200  200  200  200
GET ready                                                               503  503  503  503  503  503  503  503  503  503  503
GET api:openapi-json                                                    200  200  200  200  200  200  200  200  200  200  200
GET api:api-root                                                        404  404  404  404  404  404  404  404  404  404  404

# Operations of organisations
GET /me                                                                 401  200  401  401  200  200  200  200  200  200  200
GET /organisations                                                      401  200  401  401  200  200  200  200  200  200  200
POST /organisations                                                     401  201  401  401  201  201  201  201  201  403  403
GET /organisations/{organisation_id}                                    401  404  401  401  200  200  200  200  200  200  200
PATCH /organisations/{organisation_id}                                  401  404  401  401  403  403  403  403  200  403  403
GET /organisations/{organisation_id}/members                            401  404  401  401  403  403  403  403  200  403  403
PUT /organisations/{organisation_id}/members/{membership_id}/role       401  404  401  401  403  403  403  403  200  403  403
DELETE /organisations/{organisation_id}/members/{membership_id}         401  404  401  401  403  403  403  403  204  403  403
GET /organisations/{organisation_id}/invitations                        401  404  401  401  403  403  403  403  200  403  403
POST /organisations/{organisation_id}/invitations                       401  404  401  401  403  403  403  403  201  403  403
DELETE /organisations/{organisation_id}/invitations/{invitation_id}     401  404  401  401  403  403  403  403  204  403  403
GET /organisations/{organisation_id}/tokens                             401  404  401  401  403  403  403  403  200  403  403
POST /organisations/{organisation_id}/tokens                            401  404  401  401  403  403  403  403  201  403  403
DELETE /organisations/{organisation_id}/tokens/{token_id}               401  404  401  401  403  403  403  403  204  403  403

# Operations of events
GET /events                                                             401  200  401  401  200  200  200  200  200  200  200
POST /organisations/{organisation_id}/events                            401  404  401  401  403  403  403  201  201  403  201   events:write
GET /events/{event_id}                                                  401  404  401  401  200  200  200  200  200  403  200   events:read
PATCH /events/{event_id}                                                401  404  401  401  403  403  403  200  200  403  200   events:write
POST /events/{event_id}/publish                                         401  404  401  401  403  403  403  200  200  403  200   events:write
POST /events/{event_id}/cancel                                          401  404  401  401  403  403  403  200  200  403  200   events:write
POST /events/{event_id}/picture                                         401  404  401  401  403  403  403  200  200  403  200   events:write
DELETE /events/{event_id}/picture                                       401  404  401  401  403  403  403  200  200  403  200   events:write
POST /events/{event_id}/occurrences                                     401  404  401  401  403  403  403  201  201  403  201   events:write
PUT /occurrences/{occurrence_id}                                        401  404  401  401  403  403  403  200  200  403  200   events:write
DELETE /occurrences/{occurrence_id}                                     401  404  401  401  403  403  403  204  204  403  204   events:write
GET /events/{event_id}/guests                                           401  404  401  401  403  403  403  200  200  403  200   events:write
PUT /events/{event_id}/guests                                           401  404  401  401  403  403  403  200  200  403  200   events:write
GET /directory                                                          200  200  200  200  200  200  200  200  200  200  200
GET /charities                                                          200  200  200  200  200  200  200  200  200  200  200
GET /register-entries                                                   401  200  401  401  403  403  403  200  200  403  200   events:write
POST /organisations/{organisation_id}/charity-proposals                 401  404  401  401  403  403  403  201  201  403  201   events:write
POST /events/{event_id}/duplicate                                       401  404  401  401  403  403  403  201  201  403  201   events:write

# Operations of selling
GET /events/{event_id}/ticket-types                                     401  404  401  401  200  200  200  200  200  403  200   events:read
POST /events/{event_id}/ticket-types                                    401  404  401  401  403  403  403  201  201  403  201   events:write
PUT /ticket-types/{ticket_type_id}                                      401  404  401  401  403  403  403  200  200  403  200   events:write
DELETE /ticket-types/{ticket_type_id}                                   401  404  401  401  403  403  403  204  204  403  204   events:write
PUT /events/{event_id}/capacity                                         401  404  401  401  403  403  403  200  200  403  200   events:write
GET /events/{event_id}/orders                                           401  404  401  401  403  403  200  200  200  403  200   orders:read
GET /events/{event_id}/tickets                                          401  404  401  401  403  403  200  200  200  403  200   orders:read
GET /orders/{order_id}                                                  401  404  401  401  403  403  200  200  200  403  200   orders:read
POST /orders                                                            401  404  401  401  403  403  201  201  201  403  201   orders:write
POST /orders/{order_id}/give-back                                       401  404  401  401  403  403  409  409  409  403  409   orders:write
POST /orders/{order_id}/cancel                                          401  404  401  401  403  403  200  200  200  403  200   orders:write
GET /events/{event_id}/refunds                                          401  404  401  401  403  403  200  200  200  403  200   orders:read
POST /refunds/{refund_id}/try-again                                     401  404  401  401  403  403  201  201  201  403  201   orders:write
POST /refunds/{refund_id}/given-elsewhere                               401  404  401  401  403  403  200  200  200  403  200   orders:write
GET /events/{event_id}/statement                                        401  404  401  401  403  403  200  403  200  403  200   money:read

# Operations of the room
GET /rooms/{room_id}                                                    404  404  200  200  404  200  404  200  200  403  200   room:crew|room:host
POST /rooms/{room_id}/seat                                              404  404  200  200  404  200  404  200  200  403  403   room:crew|room:host
DELETE /rooms/{room_id}/seat                                            404  404  204  204  404  204  404  204  204  403  403   room:crew|room:host
POST /rooms/{room_id}/tokens                                            404  404  200  200  404  200  404  200  200  403  403   room:crew|room:host
GET /rooms/{room_id}/messages                                           404  404  200  200  404  200  404  200  200  403  200   room:crew|room:host
POST /rooms/{room_id}/messages                                          404  404  200  200  404  200  404  200  200  403  403   room:crew|room:host
POST /rooms/{room_id}/messages/{number}/hide                            404  404  403  204  404  204  404  204  204  403  204   room:crew|room:host
PUT /rooms/{room_id}/hand                                               404  404  204  204  404  204  404  204  204  403  403   room:crew|room:host
GET /rooms/{room_id}/people                                             404  404  200  200  404  200  404  200  200  403  200   room:crew|room:host
POST /rooms/{room_id}/seats/{seat_id}/admit                             404  404  403  403  404  403  404  204  204  403  204   room:host
POST /rooms/{room_id}/seats/{seat_id}/promote                           404  404  403  403  404  403  404  204  204  403  204   room:host
POST /rooms/{room_id}/seats/{seat_id}/send-back                         404  404  403  403  404  403  404  204  204  403  204   room:host
POST /rooms/{room_id}/seats/{seat_id}/mute                              404  404  403  403  404  204  404  204  204  403  204   room:crew|room:host
POST /rooms/{room_id}/seats/{seat_id}/silence                           404  404  403  403  404  204  404  204  204  403  204   room:crew|room:host
POST /rooms/{room_id}/seats/{seat_id}/unsilence                         404  404  403  403  404  204  404  204  204  403  204   room:crew|room:host
POST /rooms/{room_id}/seats/{seat_id}/remove                            404  404  403  403  404  204  404  204  204  403  204   room:crew|room:host
POST /rooms/{room_id}/seats/{seat_id}/ban                               404  404  403  403  404  403  404  204  204  403  204   room:host
POST /rooms/{room_id}/seats/{seat_id}/unban                             404  404  403  403  404  403  404  204  204  403  204   room:host
POST /rooms/{room_id}/backstage                                         404  404  403  403  404  403  404  409  409  403  409   room:host
POST /rooms/{room_id}/open                                              404  404  403  403  404  403  404  204  204  403  204   room:host
POST /rooms/{room_id}/lock                                              404  404  403  403  404  403  404  204  204  403  204   room:host
POST /rooms/{room_id}/unlock                                            404  404  403  403  404  403  404  204  204  403  204   room:host
POST /rooms/{room_id}/end                                               404  404  403  403  404  403  404  204  204  403  204   room:host
PUT /rooms/{room_id}/spotlight                                          404  404  403  403  404  403  404  204  204  403  204   room:host

# Operations of the room's crew
GET /events/{event_id}/crew                                             401  404  401  401  403  403  403  200  200  403  200   room:host
POST /events/{event_id}/crew                                            401  404  401  401  403  403  403  201  201  403  201   room:host
DELETE /events/{event_id}/crew/{crew_member_id}                         401  404  401  401  403  403  403  204  204  403  204   room:host
"""


def _row(line: str) -> Row:
    what, cells = line[:70].strip(), line[70:].split()
    expected, scopes = cells[: len(VIEWERS)], cells[len(VIEWERS) :]
    assert len(expected) == len(VIEWERS), line
    return Row(what, dict(zip(VIEWERS, expected, strict=True)), "".join(scopes))


ROWS = [_row(line) for line in TABLE.splitlines() if line and not line.startswith("#")]
